"""Programs that make the models: prepare, train, export, evaluate. The library imports nothing of them."""
