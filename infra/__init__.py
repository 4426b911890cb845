"""Commands and machinery around the application; nothing here is served."""
