# stage: join
# Nothing to type.
# stage: own
sed -i '/^  ipv6 {/,/^  }/s%export .*%export where source = RTS_BABEL || proto = "uplink6" || (source = RTS_DEVICE \&\& net ~ [ <<own>>+ ]);%' /etc/bird/bird.conf && birdc configure
sed -i '/^  ipv4 {/,/^  }/s%export .*%export where source = RTS_BABEL || proto = "uplink4" || (source = RTS_DEVICE \&\& net ~ [ <<own4>>+ ]);%' /etc/bird/bird.conf && birdc configure
# stage: fade
sed -i 's/interface "eth3" .*/interface "eth3" { type wireless; hello interval 500 ms; };/' /etc/bird/bird.conf && birdc configure
# stage: stranger
# Nothing to type: no stranger reaches r1's links.
# stage: member
# Nothing to type.
