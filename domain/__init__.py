"""The words of maitred: pure types without any I/O, shared by every other package."""
