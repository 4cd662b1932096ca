# stage: join
echo 'protocol babel mesh { randomize router id yes;' >>/etc/bird/bird.conf
echo '  interface "air" { type wireless; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  interface "eth6" { type wired; hello interval 500 ms; };' >>/etc/bird/bird.conf
echo '  ipv6 { import all; export where source = RTS_BABEL || source = RTS_DEVICE; };' >>/etc/bird/bird.conf
echo '  ipv4 { import all; export where source = RTS_BABEL || source = RTS_DEVICE; };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf; birdc configure
# stage: own
sed -i 's%^  ipv4 { import all; .*%  ipv4 { import all; export where source = RTS_BABEL || (source = RTS_DEVICE \&\& net ~ [ <<own4>>+ ]); };%' /etc/bird/bird.conf && birdc configure
# stage: fade
# Nothing to type: the radio cell is wireless already.
# stage: stranger
sed -i 's/interface "air" .*/interface "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };/' /etc/bird/bird.conf && birdc configure
# stage: member
# Nothing to type.
