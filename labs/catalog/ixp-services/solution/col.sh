# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: collector
sed -i 's/export all;/export none;/' /etc/bird/bird.conf
printf 'protocol bgp campus_4 {\n local <<lan4+102>> as <<col_as>>;\n neighbor <<lan4+2>> as <<campus_as>>;\n connect delay time 1;\n connect retry time 1;\n error wait time 1, 2;\n ipv4 { import limit 50000 action block; import all; export none; };\n}\n' >>/etc/bird/bird.conf && birdc configure
# stage: glass
printf '#!/bin/bash\ntimeout 3 birdc -r "$1" | head -n 400\n' >/usr/local/sbin/ask
# stage: instance
# stage: health
