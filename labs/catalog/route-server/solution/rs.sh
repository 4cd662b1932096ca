# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: transparent
sed -i 's/^  local as .*/&\n  rs client;/' /etc/bird/bird.conf
sed -i '/next hop self;/d' /etc/bird/bird.conf; birdc configure
# stage: views
sed -i 's/    import keep filtered;/&\n    secondary;/' /etc/bird/bird.conf; birdc configure
# stage: filters
sed -i '/^  return true;/i\  if !(net ~ listed) then return false;' /etc/bird/policy.conf
sed -i '/^  return true;/i\  if bgp_path.first != asn then return false;' /etc/bird/policy.conf
sed -i '/^  return true;/i\  if bgp_next_hop != address then return false;' /etc/bird/policy.conf
sed -i '/^  return true;/i\  if is_invalid() then return false;' /etc/bird/policy.conf; birdc configure
# stage: limit
sed -i 's/    import keep filtered;/&\n    import limit 20 action disable;/' /etc/bird/bird.conf; birdc configure
