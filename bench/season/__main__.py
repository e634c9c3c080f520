"""`./denggao bench season`: see there."""

import sys

from bench.season.season import main

sys.exit(main(sys.argv[1:]))
