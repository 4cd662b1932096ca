# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# One table for each member, as RFC 7947, 2.3.2.1 describes it. Pipes carry all routes between the tables.
# stage: transparent
cd /etc/bird
sed -i 's/^  local as .*/&\n  rs client;/; /next hop self;/d' bird.conf
birdc configure
# stage: views
for m in alpha bravo coast rogue harbour; do for f in 4 6; do echo "ipv$f table v_$m$f;"; done; done >views.conf
for m in alpha bravo coast rogue harbour; do as=$(sed -n 's/.* as \(.*\);/\1/p' members/$m.conf | head -1); for f in 4 6; do echo "protocol pipe p_$m$f { table master$f; peer table v_$m$f; import all; export where may_receive($as); }"; done; done >>views.conf
for m in alpha bravo coast rogue harbour; do for f in 4 6; do sed -i "s/^  ipv$f {/&\n    table v_$m$f;/; s/export where .*/export all;/" members/$m.conf; done; done
sed -i 's/^include "\/etc\/bird\/members/include "\/etc\/bird\/views.conf";\n&/' bird.conf
birdc configure
# stage: filters
sed -i 's/return true;/return net ~ listed \&\& bgp_path.first = asn \&\& bgp_next_hop = address \&\& !is_invalid();/' policy.conf
birdc configure
# stage: limit
sed -i 's/    import keep filtered;/&\n    receive limit 20 action disable;/' bird.conf
birdc configure
