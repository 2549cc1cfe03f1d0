"""``python -m neuralbuilder``: the same as the command ``neuralbuilder``."""

import sys

if __name__ == "__main__":
    from neuralbuilder.cli.app import main

    sys.exit(main())
