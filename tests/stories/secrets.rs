//! Card numbers and keys, where they must not be: the leak test tells it, in a folder of
//! its own beside this one.
