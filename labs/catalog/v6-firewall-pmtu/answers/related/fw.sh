sed -i 's/ct state established accept/ct state established,related accept/' /etc/nftables.conf
sed -i '/mld-listener/s/$/\n    icmpv6 type echo-request accept/' /etc/nftables.conf
nft -f /etc/nftables.conf
nft insert rule ip6 filter forward tcp flags syn tcp option maxseg size set 1220
