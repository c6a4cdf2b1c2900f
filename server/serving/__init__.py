"""How requests reach the application: one front process, and workers that may be killed.

supervisor ── holds the listening socket, starts the front again if it dies
  └ front ── HTTP, limits, queue, cache; evaluates nothing
      └ zygote ── one for each release: loads it once
          └ workers ── forked; no network, no files, bounded memory; one request at a time
"""

# The status of a front that has nothing it could serve: starting it again would not help.
CANNOT_START = 3
