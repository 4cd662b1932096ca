// Says before the upload that a file is too large. It sends a smaller copy of a picture that is too large. Without this script the server says it.

const kilobytes = (bytes) => String(Math.ceil(bytes / 1024));

// Returns the picture with at most so many pixels in each direction: as PNG, or as JPEG on white where that is too large as well.
async function shrunk(file, { pixels, largest }) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, pixels / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const drawn = canvas.getContext('2d');
  for (const type of ['image/png', 'image/jpeg']) {
    if (type === 'image/jpeg') {
      drawn.fillStyle = 'white';
      drawn.fillRect(0, 0, canvas.width, canvas.height);
    }
    drawn.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, type, 0.9));
    if (blob && blob.size <= largest) return new File([blob], file.name, { type });
  }
  return null;
}

async function look(input, told) {
  const { tooLarge, smaller } = input.dataset;
  const largest = Number(input.dataset.largest);
  const pixels = Number(input.dataset.pixels ?? 0);
  const [file] = input.files;
  told.textContent = '';
  input.setCustomValidity('');
  if (!file || file.size <= largest) return;
  const sentence = tooLarge.replace('{size}', kilobytes(file.size)).replace('{largest}', kilobytes(largest));
  input.setCustomValidity(sentence); // until the picture is small enough
  const made = pixels ? await shrunk(file, { pixels, largest }).catch(() => null) : null;
  if (input.files[0] !== file) return; // another file was chosen meanwhile
  if (made) {
    const files = new DataTransfer();
    files.items.add(made);
    input.files = files.files;
    input.setCustomValidity('');
  }
  told.textContent = made ? smaller.replace('{size}', kilobytes(made.size)) : sentence;
}

for (const input of document.querySelectorAll('input[type=file][data-largest]')) {
  const told = document.createElement('span');
  told.className = 'small';
  told.setAttribute('role', 'status');
  input.after(told);
  input.addEventListener('change', () => look(input, told));
  if (input.files.length) look(input, told); // the browser kept the choice over a reload
}
