sed -i 's/^protocol static modem. {/&\n  disabled;/' /etc/bird/bird.conf
sed -i 's/^protocol direct own {/&\n  interface "lo";/' /etc/bird/bird.conf
sed -i 's/export all;$/export where source ~ [ RTS_BABEL, RTS_DEVICE ];/' /etc/bird/bird.conf
sed -i 's/interface "eth1" .*/interface "eth1" { type wired; rxcost 64; hello interval 500 ms; authentication mac; password "<<key>>" { algorithm blake2s128; }; };/' /etc/bird/bird.conf
sed -i 's/interface "air" .*/interface "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };/' /etc/bird/bird.conf
birdc configure
