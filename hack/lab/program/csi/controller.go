package csi

import (
	"context"
	"os"

	spec "github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (d *driver) ControllerGetCapabilities(context.Context, *spec.ControllerGetCapabilitiesRequest) (*spec.ControllerGetCapabilitiesResponse, error) {
	kinds := []spec.ControllerServiceCapability_RPC_Type{
		spec.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		spec.ControllerServiceCapability_RPC_EXPAND_VOLUME,
	}
	var capabilities []*spec.ControllerServiceCapability
	for _, kind := range kinds {
		capabilities = append(capabilities, &spec.ControllerServiceCapability{
			Type: &spec.ControllerServiceCapability_Rpc{Rpc: &spec.ControllerServiceCapability_RPC{Type: kind}},
		})
	}
	return &spec.ControllerGetCapabilitiesResponse{Capabilities: capabilities}, nil
}

// CreateVolume puts the volume on the node that the scheduler chose for the first pod.
func (d *driver) CreateVolume(_ context.Context, request *spec.CreateVolumeRequest) (*spec.CreateVolumeResponse, error) {
	v := volume{node: chosenNode(request), name: request.Name, kind: request.Parameters["type"]}
	if v.node == "" {
		return nil, status.Error(codes.InvalidArgument, "no node in the topology: use volumeBindingMode WaitForFirstConsumer")
	}
	if v.kind == "" {
		v.kind = kindFolder
	}
	if v.kind != kindFolder && v.kind != kindXFS {
		return nil, status.Errorf(codes.InvalidArgument, "parameter type is %q, want %s or %s", v.kind, kindFolder, kindXFS)
	}
	if _, err := parseVolume(v.id()); err != nil {
		return nil, err
	}
	sizeBytes := request.GetCapacityRange().GetRequiredBytes()
	d.creating.Lock()
	err := d.volumes.create(v, sizeBytes)
	d.creating.Unlock()
	if err != nil {
		return nil, err
	}
	return &spec.CreateVolumeResponse{Volume: &spec.Volume{
		VolumeId:           v.id(),
		CapacityBytes:      sizeBytes,
		AccessibleTopology: []*spec.Topology{{Segments: map[string]string{nodeTopology: v.node}}},
	}}, nil
}

func chosenNode(request *spec.CreateVolumeRequest) string {
	topology := request.GetAccessibilityRequirements()
	for _, choice := range append(topology.GetPreferred(), topology.GetRequisite()...) {
		if node := choice.Segments[nodeTopology]; node != "" {
			return node
		}
	}
	return ""
}

func (d *driver) DeleteVolume(_ context.Context, request *spec.DeleteVolumeRequest) (*spec.DeleteVolumeResponse, error) {
	v, err := parseVolume(request.VolumeId)
	if err != nil {
		return nil, err
	}
	return &spec.DeleteVolumeResponse{}, d.volumes.remove(v)
}

func (d *driver) ValidateVolumeCapabilities(_ context.Context, request *spec.ValidateVolumeCapabilitiesRequest) (*spec.ValidateVolumeCapabilitiesResponse, error) {
	return &spec.ValidateVolumeCapabilitiesResponse{
		Confirmed: &spec.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: request.VolumeCapabilities},
	}, nil
}

// ControllerExpandVolume enlarges the sparse file; the node then enlarges the filesystem in it. A folder has no size.
func (d *driver) ControllerExpandVolume(_ context.Context, request *spec.ControllerExpandVolumeRequest) (*spec.ControllerExpandVolumeResponse, error) {
	v, err := parseVolume(request.VolumeId)
	if err != nil {
		return nil, err
	}
	sizeBytes := request.GetCapacityRange().GetRequiredBytes()
	if v.kind == kindXFS {
		image, err := os.Stat(d.volumes.image(v))
		if err != nil {
			return nil, status.Error(codes.NotFound, err.Error())
		}
		sizeBytes = max(sizeBytes, image.Size()) // never shrink: that would cut the filesystem off
		if err := os.Truncate(d.volumes.image(v), sizeBytes); err != nil {
			return nil, err
		}
	}
	return &spec.ControllerExpandVolumeResponse{CapacityBytes: sizeBytes, NodeExpansionRequired: v.kind == kindXFS}, nil
}
