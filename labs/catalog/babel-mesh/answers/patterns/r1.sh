# Interfaces are named where networks are collected, so that the filters need no prefixes.
sed -i 's/^protocol direct own {/&\n  interface "lo";/' /etc/bird/bird.conf
sed -i '/^  ipv6 {/,/^  }/s/export .*/export where source = RTS_BABEL || source = RTS_DEVICE || net = ::\/0;/' /etc/bird/bird.conf
sed -i '/^  ipv4 {/,/^  }/s/export .*/export where source = RTS_BABEL || source = RTS_DEVICE || net = 0.0.0.0\/0;/' /etc/bird/bird.conf
sed -i 's/interface "eth3" .*/interface "eth3" { type wireless; rxcost 256; hello interval 500 ms; authentication mac; password "<<key>>"; };/' /etc/bird/bird.conf
sed -i 's/interface "eth2" .*/interface "eth2" { type wired; rxcost 64; hello interval 500 ms; authentication mac; password "<<key>>" { algorithm blake2s128; }; };/' /etc/bird/bird.conf
birdc configure
