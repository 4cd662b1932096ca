# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: zone
# Nothing to type here: this is about ns1.
# stage: delegate
# Nothing to type here: this is about ns1.
# stage: reverse
# Nothing to type here: this is about ns1.
# stage: transfer
# Nothing to type here: this is about ns1 and ns2.
# stage: resolver
sed -i 's|access-control: .*|access-control: 2001:db8:<<isp.net>>::/48 allow|' /etc/unbound/unbound.conf
sed -i 's|^server:|&\n    serve-expired: yes\n    serve-expired-ttl: 86400\n    serve-expired-client-timeout: 1800|' /etc/unbound/unbound.conf && unbound-control reload
