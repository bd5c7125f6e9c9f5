"""Tables from one format into another: read into cells that keep their type, written from them."""
