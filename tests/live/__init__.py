"""Stories on a real AT Protocol network of our own, on loopback. `make test-live` installs and runs them."""
