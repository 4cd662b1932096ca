"""The page of the glossary."""


def test_the_glossary_page_shows_the_terms(client, db, waves):
    page = client.get("/glossary/").content.decode()
    assert 'id="slaac"' in page
    assert 'href="#ra"' in page
    assert "https://www.rfc-editor.org/rfc/rfc4862" in page
