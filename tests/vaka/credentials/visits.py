"""The steps of a visitor of the pages of certificates."""


def get_certificate(client):
    """Request the certificate on the course's page, and return the address of the next page."""
    return client.post("/certificates/course/waves")["location"]


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()
