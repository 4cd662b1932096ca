# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: zone
# Nothing to type here: this is about ns1.
# stage: delegate
# Nothing to type here: this is about ns1.
# stage: reverse
# Nothing to type here: this is about ns1.
# stage: transfer
printf 'key:\n  - id: transfer\n    algorithm: hmac-sha256\n    secret: <<isp.secret>>\n' >>/etc/knot/knot.conf
printf 'remote:\n  - id: ns1\n    address: 2001:db8:<<isp.net>>:1::53\n    key: transfer\n' >>/etc/knot/knot.conf
printf 'acl:\n  - id: notify-from-ns1\n    address: 2001:db8:<<isp.net>>:1::53\n    key: transfer\n    action: notify\n' >>/etc/knot/knot.conf
printf 'zone:\n  - domain: <<isp>>.example\n    master: ns1\n    acl: notify-from-ns1\n' >>/etc/knot/knot.conf && knotc reload
printf '  - domain: <<isp.rev>>.8.b.d.0.1.0.0.2.ip6.arpa\n    master: ns1\n    acl: notify-from-ns1\n' >>/etc/knot/knot.conf && knotc reload
# stage: resolver
# Nothing to type here: this is about res.
