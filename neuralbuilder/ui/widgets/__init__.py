"""Small general widgets. Import each from its own module; `numbers` and `arithmetic` need no Qt."""
