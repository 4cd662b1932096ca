echo 'protocol babel mesh {' >>/etc/bird/bird.conf
echo '  interface "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };' >>/etc/bird/bird.conf
echo '  interface "eth6" { type wired; hello interval 500 ms; authentication mac permissive; password "<<key>>"; };' >>/etc/bird/bird.conf
echo '  ipv6 { import all; export where source = RTS_DEVICE || source = RTS_BABEL; };' >>/etc/bird/bird.conf
echo '  ipv4 { import all; export where (source = RTS_DEVICE || source = RTS_BABEL) && net !~ [ <<box4>>+ ]; };' >>/etc/bird/bird.conf
echo '}' >>/etc/bird/bird.conf; birdc configure
