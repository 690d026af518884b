"""Kiểm tra bản xuất sổ điểm mà không cần cổng thông tin / check an export of grade books without the portal:

python3 -I -S verify.py FOLDER [PUBLIC-KEY[,PUBLIC-KEY…]] [--newest NUMBER] [--english]
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    # Behind the standard library: nothing that lies in a folder can take its place.
    here = Path(__file__).resolve()
    sys.path += [str(folder) for folder in (here.parent, *here.parents[2:3]) if (folder / "gradebook").is_dir()]
    from gradebook.proof.offline import main

    sys.exit(main(sys.argv[1:]))
