/* A file outside that nobody may open: the kernel tells when somebody does. */
#pragma once

/* Watches an existing file from now on. The test fails when it cannot. */
int untouched_begin(const char *path);

/* Fails when the file was opened, read, changed or removed since. Ends the watch. */
void untouched_end(int watch);
