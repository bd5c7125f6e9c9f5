"""What the tests of the services share; needs httpx, jsonschema and pytest, which services do not."""
