# stage: join
# Nothing to type.
# stage: own
sed -i '/^protocol static modem6/,/^}/d' /etc/bird/bird.conf && birdc configure
sed -i '/^protocol static modem4/,/^}/d' /etc/bird/bird.conf && birdc configure
sed -i '/^  ipv6 {/,/^  }/s%export .*%export where source = RTS_BABEL || (source = RTS_DEVICE \&\& net ~ [ <<own>>+ ]);%' /etc/bird/bird.conf && birdc configure
sed -i '/^  ipv4 {/,/^  }/s%export .*%export where source = RTS_BABEL || (source = RTS_DEVICE \&\& net ~ [ <<own4>>+ ]);%' /etc/bird/bird.conf && birdc configure
# stage: fade
# Nothing to type: the radio cell is wireless already.
# stage: stranger
sed -i 's/interface "air" .*/interface "air" { type wireless; hello interval 500 ms; authentication mac; password "<<key>>"; };/' /etc/bird/bird.conf && birdc configure
# stage: member
# Nothing to type.
