echo 'filter to_mesh { if source = RTS_DEVICE || source = RTS_BABEL then accept; reject; }' >>/etc/bird/bird.conf
echo 'function farms() { return net ~ [ <<own:5::/64>>{64,128} ]; }' >>/etc/bird/bird.conf
echo 'protocol babel mesh {' >>/etc/bird/bird.conf
echo '  interface "eth1", "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };' >>/etc/bird/bird.conf
echo '  interface "eth6" { type wired; hello interval 500 ms; authentication mac; password "<<key>>"; };' >>/etc/bird/bird.conf
echo '  ipv6 { import all; export filter to_mesh; };' >>/etc/bird/bird.conf
echo '  ipv4 { import all; export filter to_mesh; };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf
echo 'protocol babel thefarm {' >>/etc/bird/bird.conf
echo '  interface "eth5" { hello interval 500 ms; authentication mac; password "<<key>>"; };' >>/etc/bird/bird.conf
echo '  ipv6 { import where farms(); export filter to_mesh; };' >>/etc/bird/bird.conf
echo '  ipv4 { import where net ~ [ <<own4+80/28>>+ ]; export filter to_mesh; };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf; birdc configure
