# stage: up
(setsid announce-if-well </dev/null >/dev/null 2>&1 &)
