import sys

from proctoring.cli import main

sys.exit(main())
