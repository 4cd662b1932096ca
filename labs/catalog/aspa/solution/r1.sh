# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: roles
sed -i '/as <<up_as>>;/a local role customer;' /etc/bird/bird.conf
sed -i '/as <<customer_as>>;/a local role provider;' /etc/bird/bird.conf && birdc configure
# stage: paths
sed -i '/^filter from_customer/a if aspa_check_upstream(aspas) = ASPA_INVALID then reject;' /etc/bird/bird.conf && birdc configure
# stage: down
sed -i '/^filter from_up/a if aspa_check_downstream(aspas) = ASPA_INVALID then reject;' /etc/bird/bird.conf && birdc configure
