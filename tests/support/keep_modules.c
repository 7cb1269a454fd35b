/* Preloaded in builds with the sanitizers: what was loaded stays, so that the leak check can name
 * it. */
int dlclose(void *handle);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
