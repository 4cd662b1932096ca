# stage: join
echo 'protocol babel mesh { randomize router id yes;' >>/etc/bird/bird.conf
echo '  interface "eth1" { type wired; limit 2; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  interface "air" { type wireless; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  interface "eth5", "eth6" { type wired; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  ipv6 { import all; export where source = RTS_BABEL || (source = RTS_DEVICE && net ~ [ <<own>>+ ]); };' >>/etc/bird/bird.conf
echo '  ipv4 { import all; export where source = RTS_BABEL || (source = RTS_DEVICE && net ~ [ <<own4>>+ ]); };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf; birdc configure
# stage: own
# Nothing to type: r3 has announced its own networks only, from the beginning.
# stage: fade
sed -i 's/interface "eth1" .*/interface "eth1" { type wireless; hello interval 500 ms; };/' /etc/bird/bird.conf && birdc configure
# stage: stranger
sed -i 's/interface "air" .*/interface "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };/' /etc/bird/bird.conf && birdc configure
# stage: member
sed -i 's/interface "eth5", "eth6"/interface "eth6"/' /etc/bird/bird.conf
echo 'protocol babel members { randomize router id yes;' >>/etc/bird/bird.conf
echo '  interface "eth5" { type wired; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  ipv6 { import where net = <<own:5::/64>>; export all; };' >>/etc/bird/bird.conf
echo '  ipv4 { import where net = <<own4+80/28>>; export all; };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf; birdc configure
