"""Health check of an image: exits with 0 when the service in the same container is ready to serve."""

import http.client
import os
import sys

_SECONDS = 4.0


def main() -> int:
    """Ask the service's readiness; anything but 200 is unhealthy."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=_SECONDS)
    try:
        connection.request("GET", "/api/health/ready")
        status = connection.getresponse().status
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(status)
    return int(status != http.client.OK)


if __name__ == "__main__":
    sys.exit(main())
