/* What the page brings along: style sheet and script, texts of page.css and of draw.js, pictures.js
 * and page.js one after the other. */
#pragma once

extern const char PAGE_STYLE[];
extern const char PAGE_SCRIPT[];
