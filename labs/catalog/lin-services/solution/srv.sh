# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: start
sed -i 's/well.n"$/&;/' /etc/nginx/sites/status.conf
service demo-page stop
service nginx start
# stage: listen
sed -i 's/listen .*/listen [::]:80;/' /etc/nginx/sites/shop.conf
service nginx status && service nginx restart
# stage: files
chmod 644 /var/www/shop/index.html
# stage: boot
update-rc.d nginx enable
update-rc.d demo-page disable
