#include <stddef.h>
#include <stdint.h>

/* libFuzzer as a library: runs until a bound is reached, and ends the process at what it finds. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
