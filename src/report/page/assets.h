/* What the page brings along: style sheet and script, texts of page.css and page.js. */
#pragma once

extern const char PAGE_STYLE[];
extern const char PAGE_SCRIPT[];
