# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: validate
# Nothing to type here: this is about res.
# stage: sign
sed -i 's/domain: <<isp>>.example/&\n    dnssec-signing: on\n    dnssec-policy: modern/' /etc/knot/knot.conf && knotc reload
# stage: ds
(printf 'server 2001:db8:f::2\nzone example\n'; keymgr <<isp>>.example ds | grep ' 13 2 ' | sed 's/ DS / 2 DS /; s/^/update add /'; echo send) | nsupdate -k /etc/registrar.key
# stage: roll
sed -i '/mail-/,/policy/s/policy: old/policy: modern/' /etc/knot/knot.conf && knotc reload && sleep 12
sleep 4; (printf 'server 2001:db8:f::2\nzone example\nupdate delete mail-<<isp>>.example DS\n'; keymgr mail-<<isp>>.example ds | grep ' 13 2 ' | sed 's/ DS / 2 DS /; s/^/update add /'; echo send) | nsupdate -k /etc/registrar.key
knotc zone-ksk-submitted mail-<<isp>>.example
# stage: mend
(printf 'server 2001:db8:f::2\nzone example\nupdate delete shop-<<isp>>.example DS\n'; keymgr shop-<<isp>>.example ds | grep ' 13 2 ' | sed 's/ DS / 2 DS /; s/^/update add /'; echo send) | nsupdate -k /etc/registrar.key
