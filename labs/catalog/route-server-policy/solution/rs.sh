# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: reasons
sed -i '/^function refuse/,/^}/s/reject;/accept;/' /etc/bird/policy.conf
sed -i '/^function refuse/a preference = 1;' /etc/bird/policy.conf
sed -i '/^function refuse/a bgp_large_community.add((IX, 1101, reason));' /etc/bird/policy.conf
sed -i '/^function to_member/a if bgp_large_community ~ [(IX, 1101, *)] then reject;' /etc/bird/policy.conf && birdc configure
# stage: scrub
sed -i '/^function from_member/a bgp_large_community.delete([(IX, 1000..1999, *)]);' /etc/bird/policy.conf && birdc configure
# stage: wishes
sed -i '/# The wishes/a bgp_large_community.delete([(IX, 0..999, *)]);' /etc/bird/policy.conf
sed -i '/# The wishes/a if (IX, 101, asn) ~ bgp_large_community then bgp_path.prepend(bgp_path.first);' /etc/bird/policy.conf
sed -i '/# The wishes/a if (IX, 102, asn) ~ bgp_large_community then { bgp_path.prepend(bgp_path.first); bgp_path.prepend(bgp_path.first); }' /etc/bird/policy.conf
sed -i '/# The wishes/a if (IX, 0, 0) ~ bgp_large_community && (IX, 1, asn) !~ bgp_large_community then reject;' /etc/bird/policy.conf
sed -i '/# The wishes/a if (IX, 0, asn) ~ bgp_large_community then reject;' /etc/bird/policy.conf && birdc configure
# stage: blackhole
sed -i '/refuse(9)/a if (65535, 666) ~ bgp_community && net.type = NET_IP6 && net.len = 128 then { bgp_next_hop = 2001:db8:ee::666; accept; }' /etc/bird/policy.conf
sed -i '/refuse(9)/a if (65535, 666) ~ bgp_community && net.type = NET_IP4 && net.len = 32 then { bgp_next_hop = <<lan4+66>>; accept; }' /etc/bird/policy.conf
sed -i '/# The wishes/a if (65535, 666) ~ bgp_community then bgp_community.add((65535, 65281));' /etc/bird/policy.conf && birdc configure
