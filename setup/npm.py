"""`python -m setup.npm ARGUMENTS`: npm with the Node.js that set-up uses; checks need none of the machine's own."""

import subprocess
import sys
from pathlib import Path

from setup.node import find_node

if __name__ == "__main__":
    node = find_node(Path(sys.executable))
    sys.exit(subprocess.run([*node.npm, *sys.argv[1:]], env=node.environment(), check=False).returncode)
