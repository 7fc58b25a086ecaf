// Replace me.
