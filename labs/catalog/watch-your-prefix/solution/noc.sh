# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: feed
# Nothing to type on noc: the collector runs.
# stage: watch
echo '<<own>> <<me>> <<up_as>>' >>/etc/prefix-watch.conf
echo '<<own:c::/48>> <<shop_as>> <<up_as>>' >>/etc/prefix-watch.conf
echo '<<own:a::/48>> <<me>> <<up_as>>' >>/etc/prefix-watch.conf
echo 'phone <<mobile_net::5>>' >>/etc/prefix-watch.conf
# stage: answer
sed -i 's|^prefix:.*|prefix: <<own:6600::/40>>|; s|^since:.*|since: 03:12 UTC|; s|^path:.*|path: <<up_as>> <<rogue_as>>|; s|^holder:.*|holder: AS<<me>>, with <<own>>|' /etc/request
sed -i 's|^proof:.*|proof: the ROA and the route6 object for <<own>>|; s|^please:.*|please: filter this prefix on the session with AS<<rogue_as>>|; s|^call:.*|call: +999 555 0142|' /etc/request
ask-upstream
# stage: after
# When the upstream has filtered the route.
(timeout 120 sh -c "until lg | grep -q filtered; do sleep 1; done; fresh-feed" >/dev/null 2>&1 &)
