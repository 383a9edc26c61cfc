"""The im2col style: a convolution as one product of matrices."""
