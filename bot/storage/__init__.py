"""The database: tables, connections, and the functions that read and write conversations."""
