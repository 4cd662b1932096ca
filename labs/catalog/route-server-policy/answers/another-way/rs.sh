# Another way: LOCAL_PREF instead of preference, a function of its own for the wishes, the next hop on the way out,
# and BIRD does not obey NO_EXPORT for members (interpret communities).
# stage: reasons
sed -i '/^function refuse/,/^}/s/^  reject;/  bgp_large_community.add((IX, 1101, reason));\n  bgp_local_pref = 0;\n  accept;/' /etc/bird/policy.conf
sed -i '/^function to_member/,/^}/s/^  accept;/  if bgp_large_community ~ [(IX, 1101, 1..99)] then reject; else accept;/' /etc/bird/policy.conf && birdc configure
# stage: scrub
sed -i '/^function from_member/,/^}/s/^  if net ~ BOGONS6/  bgp_large_community = delete(bgp_large_community, [(IX, 1000..1999, *)]);\n  if net ~ BOGONS6/' /etc/bird/policy.conf && birdc configure
# stage: wishes
sed -i '/^# The way out/i function longer(int times) {\n  if times > 0 then bgp_path.prepend(bgp_path.first);\n  if times > 1 then bgp_path.prepend(bgp_path.first);\n}\n' /etc/bird/policy.conf
sed -i '/^# The way out/i function is_wanted(int asn) -> bool {\n  if (IX, 1, asn) ~ bgp_large_community then return true;\n  return (IX, 0, asn) !~ bgp_large_community && (IX, 0, 0) !~ bgp_large_community;\n}\n' /etc/bird/policy.conf
sed -i '/# The wishes/a if !is_wanted(asn) then reject;\n  if (IX, 101, asn) ~ bgp_large_community then longer(1);\n  if (IX, 102, asn) ~ bgp_large_community then longer(2);\n  bgp_large_community.delete([(IX, 0..999, *)]);' /etc/bird/policy.conf
birdc configure
# stage: blackhole
sed -i 's/^  rs client;/  rs client;\n  interpret communities off;/' /etc/bird/bird.conf
sed -i '/^# The way in/i function is_single(prefix p) -> bool {\n  return (p.type = NET_IP6 && p.len = 128) || (p.type = NET_IP4 && p.len = 32);\n}\n' /etc/bird/policy.conf
sed -i '/refuse(9)/a if (65535, 666) ~ bgp_community && is_single(net) then { bgp_community.add((65535, 65281)); accept; }' /etc/bird/policy.conf
sed -i '/# The wishes/a if (65535, 666) ~ bgp_community && is_single(net) then { if net.type = NET_IP6 then bgp_next_hop = 2001:db8:ee::666; else bgp_next_hop = <<lan4+66>>; }' /etc/bird/policy.conf
birdc configure
