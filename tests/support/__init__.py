"""What the tests are built from: private servers, clients, and makers of readings and events."""
