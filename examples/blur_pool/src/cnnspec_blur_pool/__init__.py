"""BlurPool2D: downsampling after a blur, as a layer of cnnspec."""
