# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: validate
sed -i 's|module-config: .*|module-config: "validator iterator"\n    trust-anchor-file: /etc/unbound/root.key|' /etc/unbound/unbound.conf && unbound-control reload
# stage: sign
# Nothing to type here: this is about ns.
# stage: ds
# Nothing to type here: this is about ns.
# stage: roll
# Nothing to type here: this is about ns.
# stage: mend
# Nothing to type here: this is about ns.
