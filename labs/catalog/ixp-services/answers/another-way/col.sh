# Another way: a list of questions, a filter that rejects everything, and no route in the kernel.
# stage: collector
sed -i 's/export all;/export filter { reject; };/; s/next hop self;//' /etc/bird/bird.conf
sed -n '/^protocol bgp isp_4/,/^}/p' /etc/bird/bird.conf | sed 's/isp_4/campus_4/; s/<<lan4+1>> as <<isp_as>>/<<lan4+2>> as <<campus_as>>/' >/etc/bird/campus_4.conf
echo 'include "/etc/bird/campus_4.conf";' >>/etc/bird/bird.conf
birdc configure
# stage: glass
printf '#!/bin/bash\ncase "$1" in\n "show route"*|"show protocols"*) exec birdc "$1" ;;\n *) echo "Questions begin with show route or show protocols."; exit 1 ;;\nesac\n' >/usr/local/sbin/ask
# stage: instance
# stage: health
