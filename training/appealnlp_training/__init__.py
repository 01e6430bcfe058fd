"""Programs that make the models: prepare, train, calibrate, export, evaluate. The library never imports this package."""
