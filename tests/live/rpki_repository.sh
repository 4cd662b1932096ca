# Makes an RPKI repository with one ROA, by OpenSSL alone: the folder REPO, and the trust anchor's locator in the file TAL.
# usage: sh rpki_repository.sh HOST REPO TAL AS PREFIX BYTES-OF-THE-PREFIX-IN-HEX
set -e
at=rsync://$1/repo repo=$2 tal=$3 as=$4 prefix=$5 bytes=$6
work=$(mktemp -d)
mkdir -p "$repo" "$(dirname "$tal")"

settings() {  # of a certificate for the object $1 with the resources in $2
    cat <<END
[req]
distinguished_name = dn
[dn]
[ta]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
certificatePolicies = critical,1.3.6.1.5.5.7.14.2
sbgp-ipAddrBlock = critical,IPv4:0.0.0.0/0,IPv6:::/0
sbgp-autonomousSysNum = critical,AS:0-4294967295
subjectInfoAccess = 1.3.6.1.5.5.7.48.5;URI:$at/,1.3.6.1.5.5.7.48.10;URI:$at/ta.mft
[ee]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
certificatePolicies = critical,1.3.6.1.5.5.7.14.2
crlDistributionPoints = URI:$at/ta.crl
authorityInfoAccess = 1.3.6.1.5.5.7.48.2;URI:$at/ta.cer
subjectInfoAccess = 1.3.6.1.5.5.7.48.11;URI:$at/$1
$2
[crl]
authorityKeyIdentifier = keyid
[ca]
default_ca = one
[one]
database = $work/index
crlnumber = $work/number
default_md = sha256
default_crl_days = 30
crl_extensions = crl
END
}

signed() {  # the object $1 with the content type $2, from the DER in $1.der and the resources in $3
    settings "$1" "$3" > "$work/cnf"
    openssl req -new -newkey rsa:2048 -nodes -keyout "$work/ee.key" -out "$work/ee.csr" -subj "/CN=$1" -config "$work/cnf" 2>&-
    openssl x509 -req -in "$work/ee.csr" -CA "$work/ta.pem" -CAkey "$work/ta.key" -days 30 -sha256 \
        -set_serial "0x$(openssl rand -hex 8 | sed s/^./7/)" -extfile "$work/cnf" -extensions ee -out "$work/ee.pem" 2>&-
    openssl cms -sign -binary -nodetach -keyid -md sha256 -nosmimecap -outform DER -econtent_type "$2" \
        -in "$work/$1.der" -signer "$work/ee.pem" -inkey "$work/ee.key" -out "$repo/$1"
}

settings ta "" > "$work/cnf"
: > "$work/index"
echo 01 > "$work/number"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ta.key" -out "$work/ta.pem" -days 30 -subj /CN=lab -config "$work/cnf" -extensions ta 2>&-
openssl x509 -in "$work/ta.pem" -outform DER -out "$repo/ta.cer"
openssl ca -gencrl -config "$work/cnf" -cert "$work/ta.pem" -keyfile "$work/ta.key" 2>&- | openssl crl -outform DER -out "$repo/ta.crl"
{ echo "$at/ta.cer"; echo; openssl x509 -in "$work/ta.pem" -noout -pubkey | grep -v -- -----; } > "$tal"

cat > "$work/roa" <<END
asn1 = SEQUENCE:roa
[roa]
as = INTEGER:$as
families = SEQUENCE:families
[families]
only = SEQUENCE:family
[family]
afi = FORMAT:HEX,OCTETSTRING:0002
prefixes = SEQUENCE:prefixes
[prefixes]
only = SEQUENCE:prefix
[prefix]
bits = FORMAT:HEX,BITSTRING:$bytes
END
openssl asn1parse -genconf "$work/roa" -noout -out "$work/own.roa.der"
signed own.roa 1.2.840.113549.1.9.16.1.24 "sbgp-ipAddrBlock = critical,IPv6:$prefix"

{
    cat <<END
asn1 = SEQUENCE:manifest
[manifest]
number = INTEGER:1
this = GENERALIZEDTIME:$(date -u -d '-1 hour' +%Y%m%d%H%M%SZ)
next = GENERALIZEDTIME:$(date -u -d '+20 days' +%Y%m%d%H%M%SZ)
hash = OID:2.16.840.1.101.3.4.2.1
files = SEQUENCE:files
[files]
crl = SEQUENCE:crl
roa = SEQUENCE:roa
END
    for name in crl:ta.crl roa:own.roa; do
        echo "[${name%%:*}]"
        echo "name = IA5STRING:${name#*:}"
        echo "digest = FORMAT:HEX,BITSTRING:$(sha256sum "$repo/${name#*:}" | cut -d' ' -f1)"
    done
} > "$work/mft"
openssl asn1parse -genconf "$work/mft" -noout -out "$work/ta.mft.der"
inherited="sbgp-ipAddrBlock = critical,IPv4:inherit,IPv6:inherit
sbgp-autonomousSysNum = critical,AS:inherit"
signed ta.mft 1.2.840.113549.1.9.16.1.26 "$inherited"
rm -r "$work"
