// SPDX-License-Identifier: GPL-2.0
// Registers the virtio-mmio devices that the emulator names on the kernel's command line, virtio_mmio.device=SIZE@BASE:IRQ: what a kernel built with
// CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES does by itself. Only the emulated enclave has this module; a real one has a kernel that needs none.
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static char *device[32];
static int count;
static struct platform_device *registered[ARRAY_SIZE(device)];

/* The parameter is repeated, once for each device. */
static int add_device(const char *text, const struct kernel_param *param)
{
	if (count == ARRAY_SIZE(device))
		return -ENOSPC;
	device[count] = kstrdup(text, GFP_KERNEL);
	if (!device[count])
		return -ENOMEM;
	count++;
	return 0;
}

static const struct kernel_param_ops device_ops = { .set = add_device };
module_param_cb(device, &device_ops, NULL, 0);

static int __init virtio_mmio_cmdline_init(void)
{
	int i;

	for (i = 0; i < count; i++) {
		unsigned long long base;
		unsigned int irq;
		char *rest;
		unsigned long long size = memparse(device[i], &rest);
		struct resource resources[2] = {};

		if (sscanf(rest, "@%lli:%u", &base, &irq) != 2) {
			pr_err("virtio_mmio_cmdline: no device: %s\n", device[i]);
			continue;
		}
		resources[0] = (struct resource)DEFINE_RES_MEM(base, size);
		resources[1] = (struct resource)DEFINE_RES_IRQ(irq);
		registered[i] = platform_device_register_resndata(NULL, "virtio-mmio", i, resources, 2, NULL, 0);
		if (IS_ERR(registered[i]))
			return PTR_ERR(registered[i]);
	}
	return 0;
}
module_init(virtio_mmio_cmdline_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("virtio-mmio devices from the kernel's command line");
