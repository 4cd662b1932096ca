# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: web
ip -6 addr add <<site.net>>::80/64 dev eth0
sed -i 's|^ *listen .*|&\n    listen [::]:80;|' /etc/nginx/sites/www.conf
nginx -t && service nginx reload
# stage: mail
ip -6 addr add <<site.net>>::25/64 dev eth0
sed -i 's|^listen .*|&\nlisten on <<site.net>>::25 hostname mail.example.org|' /etc/smtpd.conf
service opensmtpd restart
# stage: reverse
# Nothing to type here: this stage is the name server's.
# stage: names
# Nothing to type here either.
# stage: sends
ip -6 route add default via <<site.net>>::1 dev eth0 src <<site.net>>::25 metric 100
