#!/bin/sh
# Runs gapwise with the Node.js that came with it, wherever the folder lies.
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" "$here/../dist/src/main.js" "$@"
